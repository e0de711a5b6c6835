import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {type Bench, mib} from '../row.ts';

const STATE = join(import.meta.dirname, '..', 'state.ts');
const PLUGIN = join(import.meta.dirname, '..', '..', '..', 'src', 'plugin', 'run-plugin.ts');

/** A process with all modules of the plugin loaded and a state of so many nodes, after a collection. */
async function resident(nodes: number): Promise<number> {
  const script = `
    import {populated} from ${JSON.stringify(STATE)};
    await import(${JSON.stringify(PLUGIN)});
    globalThis.kept = populated(${nodes});
    globalThis.gc();
    console.log(process.memoryUsage.rss());`;
  const args = ['--expose-gc', '--input-type=module', '-e', script];
  const {stdout} = await promisify(execFile)(process.execPath, args);
  return Number(stdout.trim());
}

export const memory: Bench = {
  name: 'memory',
  async run() {
    const [few, many] = [await resident(100), await resident(10_000)];
    return [
      {
        name: 'memory with the state of 10 000 nodes',
        figure: mib(many),
        limit: `${mib(few)} with 100 nodes`,
        ratio: many / few,
        target: '≤ 250 MiB',
        met: many <= 250 * 2 ** 20,
      },
    ];
  },
};
