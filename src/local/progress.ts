import type { WriteStream } from 'node:tty';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Where progress goes: what is being done now, and lines that stay. */
export interface Progress {
  /** What is being done now. On a terminal it replaces the previous step, elsewhere it is a line. */
  step(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** Clears the current step. A second call does nothing. */
  end(): void;
}

/** Progress on a stream: a spinner on a terminal, plain lines elsewhere. */
export function createProgress(stream: Pick<WriteStream, 'write' | 'isTTY'>): Progress {
  if (!stream.isTTY) {
    const line = (text: string): void => void stream.write(`${text}\n`);
    return { step: line, say: line, end() {} };
  }
  const current: { text?: string; frame: number; timer?: NodeJS.Timeout } = { frame: 0 };
  const clear = (): void => void stream.write('\r\u001B[2K');
  const draw = (): void => {
    current.frame += 1;
    clear();
    stream.write(`${frames[current.frame % frames.length]} ${current.text}`);
  };
  const end = (): void => {
    if (!current.timer) return;
    clearInterval(current.timer);
    delete current.timer;
    clear();
  };
  return {
    step(text) {
      current.text = text;
      current.timer ??= setInterval(draw, 100).unref();
      draw();
    },
    say(text) {
      if (current.timer) clear();
      stream.write(`${text}\n`);
    },
    end,
  };
}

/** Progress that nobody sees. */
export const silent: Progress = { step() {}, say() {}, end() {} };
