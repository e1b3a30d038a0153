import { Moment } from "./time.tsx";

const WIDTH = 240;
const HEIGHT = 44;

/** Sixty minutes as bars. A minute that nobody watched is left out. */
export function Spark({
  values,
  label,
  at,
}: {
  readonly values: readonly (number | undefined)[];
  readonly label: string;
  readonly at: string;
}) {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  const step = WIDTH / values.length;
  const known = values.filter((value) => value !== undefined);
  const first = values.findIndex((value) => value !== undefined);
  const since = new Date(Date.parse(at) - (values.length - 1 - first) * 60_000).toISOString();
  return (
    <figure class="spark">
      <svg
        preserveAspectRatio="none"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${label}: ${known.at(-1) ?? 0} in this minute, ${most} at most`}
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {values.map((value, index) => {
          if (value === undefined || value === 0) return null;
          const height = Math.max(1.5, (value / most) * (HEIGHT - 2));
          return <rect key={index} x={index * step + 0.5} width={step - 1} y={HEIGHT - height} height={height} />;
        })}
      </svg>
      <figcaption>
        {label}, {most.toLocaleString()} at most;{" "}
        {first <= 0 ? "the last hour" : <>since {<Moment at={since} />}, when this server began</>}
      </figcaption>
    </figure>
  );
}
