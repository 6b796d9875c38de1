/** Memory of a process at one moment. */
export interface Sample {
  /** Calls answered until then. */
  readonly calls: number;
  readonly rssBytes: number;
  /** After a full collection. */
  readonly heapBytes: number;
  /** Calls that were refused so far. */
  readonly refused: number;
}
