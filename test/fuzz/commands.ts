import type {CommandSyntax} from '../../src/cli/arguments.ts';
import {COMMANDS as ROWS} from '../../src/cli/registry.ts';

/** The syntax of every command of the command line. */
export const COMMANDS: readonly CommandSyntax[] = await Promise.all(
  Object.values(ROWS).map(async ({load}) => (await load()).command),
);
