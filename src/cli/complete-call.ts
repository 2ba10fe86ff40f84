/** What a shell calls instead of a command, to complete a line. */
export const COMPLETE = '__complete';
