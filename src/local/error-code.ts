/** The `code` of an error from Node or a library, or undefined: classes do not survive realms. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}

/** The same in one line, as the last line of a process must be that says why it failed. */
export function oneLine(error: unknown): string {
  return messageOf(error).replaceAll(/\s+/g, ' ').trim();
}
