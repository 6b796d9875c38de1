/** Memory of a process at one moment. */
export interface Memory {
  readonly rssBytes: number;
  /** After a full collection. */
  readonly heapBytes: number;
}

/** The same, after so many calls. */
export interface Sample extends Memory {
  /** Calls answered until then. */
  readonly calls: number;
  /** Calls that were refused so far. */
  readonly refused: number;
}
