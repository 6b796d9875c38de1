/** All that a caller is told of an `INTERNAL`, whoever worded it; the error's own message is for the log. */
export const internalText = 'The request failed for a reason that is not shown here.';
