import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Plugin} from 'esbuild';

const IMPORT_OF_PROCESS = /^import process from 'node:process';$/m;

/**
 * To import `node:process` reads all of its properties, and so opens streams that nobody uses, 5 ms
 * and more before the handshake. It is the global, which costs nothing.
 */
export const PROCESS_IS_GLOBAL: Plugin = {
  name: 'process is global',
  setup({onResolve, onLoad}) {
    onLoad({filter: /\/src\/.*\.ts$/}, async ({path}) => {
      const contents = await readFile(path, 'utf8');
      return {contents: contents.replace(IMPORT_OF_PROCESS, ''), loader: 'ts'};
    });
    // What packages import stays a module.
    onResolve({filter: /^(node:)?process$/}, () => ({path: 'process', namespace: 'global'}));
    const contents = 'module.exports = globalThis.process;';
    onLoad({filter: /^process$/, namespace: 'global'}, () => ({contents}));
  },
};

/**
 * What the plugin needs before its handshake and others need too. esbuild would make a part of each,
 * and to load a part takes Node about a millisecond. None imports anything of Node: commands load
 * them too.
 */
const SHARED_AT_START = [
  'protocol/errors.ts',
  'protocol/version.ts',
  'plugin/engine.ts',
  'plugin/errors.ts',
  'plugin/logger.ts',
  'plugin/signals.ts',
];

/** Makes one part of these files: who imports one imports all. */
export function sharedAtStart(source: string): Plugin {
  const files = SHARED_AT_START.map((file) => join(source, file));
  return {
    name: 'shared at start',
    setup({onResolve, onLoad}) {
      onResolve({filter: /\.ts$/}, ({path, importer, resolveDir}) => {
        const isShared = files.includes(join(resolveDir, path)) && !files.includes(importer);
        return isShared && importer !== 'all'
          ? {path: 'all', namespace: 'shared-at-start'}
          : undefined;
      });
      const contents = files.map((file) => `export * from ${JSON.stringify(file)};`).join('\n');
      onLoad({filter: /^all$/, namespace: 'shared-at-start'}, () => ({
        contents,
        resolveDir: source,
      }));
    },
  };
}
