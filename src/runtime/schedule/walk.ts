/**
 * A walk over rows of the store in the order of their places, a page at a time. Rows that are read ahead may be out of date by the time
 * they are taken, so whoever gets a row looks at the store again.
 */
export interface Walk<Row, Place> {
  /** The next row, which stays the next until it is taken; `undefined` at the end. */
  peek(): Row | undefined;
  take(): void;
  /**
   * Walks over all rows once more, as soon as the walk is at its end. It goes on to its end first, so that rows in front can never keep
   * rows behind them from their turn.
   */
  again(): void;
  /** Goes on after `place`, or from the first row if `place` is undefined. Rows that were read ahead are read anew. */
  moveTo(place: Place | undefined): void;
  /** The place of the row that was taken last, or the place to which the walk was moved. */
  readonly place: Place | undefined;
  /** Whether the walk is at its end, by what it has read, and need not begin again. */
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
