import {SessionError} from '../../../src/protocol/errors.ts';
import {E2eError} from './errors.ts';

/**
 * Exit code of a command of this folder. What it refuses by design is one line and 1; wrong usage is
 * that line, the usage and 2. Whatever else it throws is a bug, with its stack.
 */
export async function exitCodeOf(command: () => Promise<number>, usage: string): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    console.error(error.message);
    if (!(error instanceof E2eError) || error.code !== 'E2E_USAGE') return 1;
    console.error(usage);
    return 2;
  }
}
