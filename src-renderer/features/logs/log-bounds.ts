const MIB = 1024 * 1024;

/** Every bound of a log view, with what happens beyond it. Sizes in bytes, as {@link lineCost} estimates them. */
export const logBounds = {
  /** Lines a view begins with. */
  tail: 1_000,
  /** Beyond: the oldest lines are let go, and counted. What is held while the view follows. */
  following: { lines: 50_000, bytes: 10 * MIB },
  /**
   * Beyond: no more is asked for until the reader follows again, and the host keeps what comes. What is held while the
   * reader has paused: until then nothing is let go. Only lines that were asked for before and are far larger than
   * those seen so far still let go of the oldest, so that memory stays bounded.
   */
  paused: { lines: 60_000, bytes: 15 * MIB },
  /** Lines asked for and not yet here: at most so many, and no more than would fill `windowBytes` at their usual size. */
  windowLines: 4_000,
  windowBytes: 2 * MIB,
  /** Kept free of what is asked for while the reader has paused, for lines larger than the usual. */
  pausedReserveBytes: 1 * MIB,
  smallestWindow: 16,
  /** What a held line costs beside its text: two objects, a time, an id. */
  lineOverheadBytes: 160,
  /** Beyond: the rest of a line is not laid out; copying still takes it whole. In UTF-16 units. */
  shownChars: 4_000,
  /** Beyond: the search goes on in the next frame. Lines looked at in one frame. */
  searchedLines: 8_000,
  /** Wait before a broken stream is asked for again on a host that is still live: doubles, up to the cap. */
  retry: { baseMs: 1_000, capMs: 15_000 },
} as const;
