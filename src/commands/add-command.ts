import { InvalidArgumentError, type Command } from 'commander';

/** Adds a command with the option `--json` and an example in its help. */
export const add = (parent: Command, usage: string, about: string, example: string): Command =>
  parent
    .command(usage)
    .description(about)
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', `\nExample:\n  npm run dsync -- ${example}`);

/** Reads an option that must be a whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
