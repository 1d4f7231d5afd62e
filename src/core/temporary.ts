/** First character of the name of a file that is being written; no plain profile name has it. */
export const temporaryPrefix = "~";
