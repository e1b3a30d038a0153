import { expect, test as it } from "vitest";
import { createManualClock, type ManualClock } from "../../../src/testing/kit/manual-clock.ts";
import { beginPatience, createOutages } from "./patience.ts";

function begin() {
  const clock = createManualClock(0);
  const outages = createOutages(clock);
  return { clock, outages, rest: beginPatience(clock, 10_000, outages.totalMs) };
}

const pass = (clock: ManualClock, ms: number) => clock.moveTo(clock.now() + ms);

it("patience with a system is spent while its store is sound", () => {
  const { clock, outages, rest } = begin();
  pass(clock, 4_000);
  outages.note("sound");
  pass(clock, 5_000);
  expect(rest()).toBe(1_000);
  pass(clock, 2_000);
  expect(rest()).toBe(0);
});

it("patience is not spent by a row of faults, however long it is", () => {
  const { clock, outages, rest } = begin();
  for (let fault = 0; fault < 30; fault += 1) {
    outages.note("faulty");
    pass(clock, 1_000);
  }
  expect(rest()).toBe(10_000);
  outages.note("sound");
  pass(clock, 3_000);
  expect(rest()).toBe(7_000);
});

it("patience runs out with a system that tries nothing more after a fault", () => {
  const { clock, outages, rest } = begin();
  outages.note("faulty");
  pass(clock, 12_000);
  expect(rest()).toBe(0);
});

it("patience with what begins after an outage is whole", () => {
  const { clock, outages } = begin();
  outages.note("faulty");
  pass(clock, 1_000);
  outages.note("sound");
  expect(beginPatience(clock, 10_000, outages.totalMs)()).toBe(10_000);
});
