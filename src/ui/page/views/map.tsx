import { addressOf } from "../parts/api.ts";
import { Empty } from "../parts/bits.tsx";
import { Picture } from "../parts/picture.tsx";
import { useSeen } from "../parts/session.ts";

export function MapView() {
  const { session } = useSeen();
  return (
    <>
      <h1>Map</h1>
      {session.hasMap ? (
        <Picture address={addressOf("map")} label="Who reacts to what in the domain" />
      ) : (
        <Empty>There is no map: the program that serves this page has not said how to draw it.</Empty>
      )}
    </>
  );
}
