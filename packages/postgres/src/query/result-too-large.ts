/** A result went past the bytes a session was told to accept. The transaction cannot be used any further. */
export class ResultTooLarge extends Error {
  override readonly name = 'ResultTooLarge';
}
