/** What a process says when it ends. */
export const EXIT = { done: 0, failed: 1, usage: 2, waits: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command found or did: for scripts as data, for people as text. */
export interface Outcome {
  readonly data: unknown;
  readonly text: string;
  /** Default: done. */
  readonly exitCode?: ExitCode;
}

/** What every command may be asked for: its data in place of its text. */
export interface Json {
  readonly json?: boolean;
}

/** Shows a command's outcome when it is there, and exits with its code. */
export type Show = (running: Promise<Outcome>, options: Json) => Promise<void>;

/** A command cannot do what was asked; the message is one sentence for people, without personal data. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
