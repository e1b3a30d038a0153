import type { ChartCase } from "./chart-case.ts";
import { auction } from "./machines/auction.ts";
import { cardDrag } from "./machines/card-drag.ts";
import { documentReview } from "./machines/document-review.ts";
import { doorLock } from "./machines/door-lock.ts";
import { dunning } from "./machines/dunning.ts";
import { filmPlayer } from "./machines/film-player.ts";
import { firmwareUpdate } from "./machines/firmware-update.ts";
import { lampSwitch } from "./machines/lamp-switch.ts";
import { lapTimer } from "./machines/lap-timer.ts";
import { letterSorter } from "./machines/letter-sorter.ts";
import { lift } from "./machines/lift.ts";
import { noughts } from "./machines/noughts.ts";
import { parcelService } from "./machines/parcel-service.ts";
import { relayRace } from "./machines/relay-race.ts";
import { roomClimate } from "./machines/room-climate.ts";
import { settingsDialog } from "./machines/settings-dialog.ts";
import { signUpWizard } from "./machines/sign-up-wizard.ts";
import { streetCrossing } from "./machines/street-crossing.ts";
import { supportTicket } from "./machines/support-ticket.ts";
import { textStyle } from "./machines/text-style.ts";
import { trialPeriod } from "./machines/trial-period.ts";
import { tugOfWar } from "./machines/tug-of-war.ts";
import { vendingMachine } from "./machines/vending-machine.ts";

/** By the name of the process. */
export const cases: Readonly<Record<string, ChartCase>> = {
  auction,
  "card-drag": cardDrag,
  "document-review": documentReview,
  "door-lock": doorLock,
  dunning,
  "film-player": filmPlayer,
  "firmware-update": firmwareUpdate,
  "lamp-switch": lampSwitch,
  "lap-timer": lapTimer,
  "letter-sorter": letterSorter,
  lift,
  noughts,
  "parcel-service": parcelService,
  "relay-race": relayRace,
  "room-climate": roomClimate,
  "settings-dialog": settingsDialog,
  "sign-up-wizard": signUpWizard,
  "street-crossing": streetCrossing,
  "support-ticket": supportTicket,
  "text-style": textStyle,
  "trial-period": trialPeriod,
  "tug-of-war": tugOfWar,
  "vending-machine": vendingMachine,
};
