/** A reason code and a sentence, and the SAID of the event or record that is at fault where one is. */
export type Problem = readonly [reason: string, detail: string, said?: string];
