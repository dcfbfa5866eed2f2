import { stripVTControlCharacters } from 'node:util';

/** Of a log entry, what says nothing to a person at a terminal. */
const SILENT = new Set(['level', 'time', 'msg', 'reqId', 'from']);

/** A line of a process for a person: of a log entry its message and its fields, anything else plain. */
export const readableLine = (line: string): string => {
  const entry = logEntry(line);
  if (entry === null) return stripVTControlCharacters(line);
  const fields = Object.entries(entry)
    .filter(([key]) => !SILENT.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [String(entry['msg']), ...fields].join(' ');
};

const logEntry = (line: string): Record<string, unknown> | null => {
  if (!line.startsWith('{"level":')) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};
