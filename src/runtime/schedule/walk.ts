/**
 * A walk over rows of the store in the order of their places, a page at a time. What it reads ahead may be out of date by the time
 * it is taken: whoever is handed a row looks at the store again.
 */
export interface Walk<Row, Place> {
  /** The next row, which stays the next until it is taken; `undefined` at the end. */
  peek(): Row | undefined;
  take(): void;
  /**
   * All rows come once more, as soon as the walk is at its end. It comes to its end before, so that those in front can never keep
   * those behind from their turn.
   */
  again(): void;
  /** Goes on behind `place`, from the first row if it is undefined. What was read ahead is read anew. */
  moveTo(place: Place | undefined): void;
  /** The place of the row that was taken last, or where it was moved to. */
  readonly place: Place | undefined;
  /** At the end, as far as it has looked, and not wanted again. */
  readonly isDone: boolean;
}

export function createWalk<Row, Place>(
  read: (after: Place | undefined) => readonly Row[],
  placeOf: (row: Row) => Place,
  pageSize: number,
): Walk<Row, Place> {
  let place: Place | undefined;
  let page: readonly Row[] = [];
  let index = 0;
  let isAtEnd = false;
  let isWantedAgain = false;
  const moveTo = (next: Place | undefined) => {
    place = next;
    page = [];
    index = 0;
    isAtEnd = false;
  };

  return {
    peek: () => {
      while (index === page.length) {
        if (!isAtEnd) {
          page = read(place);
          index = 0;
          isAtEnd = page.length < pageSize;
        } else if (isWantedAgain) {
          isWantedAgain = false;
          moveTo(undefined);
        } else return undefined;
      }
      return page[index];
    },
    take: () => {
      place = placeOf(page[index]!);
      index += 1;
    },
    again: () => {
      isWantedAgain = true;
    },
    moveTo,
    get place() {
      return place;
    },
    get isDone() {
      return isAtEnd && index === page.length && !isWantedAgain;
    },
  };
}
