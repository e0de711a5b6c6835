import {ABOUT} from '../about.ts';
import type {Command} from '../command.ts';

export const command: Command = {
  usage: 'version-json',
  help: `Prints name, VM id, version and plugin protocol as JSON. Needs no environment.

example: sessionvm version-json`,
  options: {},
  positionals: [0, 0],
  async run(_args, {out}) {
    await out(JSON.stringify(ABOUT));
  },
};
