import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {VM_ID_TEXT} from '../../../src/crypto/ids.ts';
import {E2eError} from './errors.ts';

export const USAGE = `usage: npm run e2e:avalanchego -- --node PATH [--plugin FILE] [--keep]
       npm run --silent e2e:avalanchego -- --get-node

Runs our chain on an unmodified node and checks what it does, step by step.

  --node PATH    file of a node that speaks plugin protocol 42 to 46
  --plugin FILE  plugin, named by its VM id (default dist/plugins/${VM_ID_TEXT})
  --keep         leave folders, logs and chain data of the run behind
  --get-node     install an unmodified avalanchego with Go, or find it in the cache; print its path
  --help         this text`;

export type Arguments = {
  readonly command: 'run' | 'get-node' | 'help';
  readonly node: string | undefined;
  readonly plugin: string;
  readonly keep: boolean;
};

/** @throws E2eError E2E_USAGE for anything that USAGE does not name. */
export function parseArguments(argv: readonly string[], checkout: string): Arguments {
  try {
    const {values} = parseArgs({
      args: [...argv],
      options: {
        node: {type: 'string'},
        plugin: {type: 'string', default: resolve(checkout, 'dist/plugins', VM_ID_TEXT)},
        keep: {type: 'boolean', default: false},
        'get-node': {type: 'boolean', default: false},
        help: {type: 'boolean', default: false},
      },
    });
    return {
      command: values.help ? 'help' : values['get-node'] ? 'get-node' : 'run',
      node: values.node === undefined ? undefined : resolve(values.node),
      plugin: resolve(values.plugin),
      keep: values.keep,
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new E2eError('E2E_USAGE', {problem: error.message}, {cause: error});
  }
}
