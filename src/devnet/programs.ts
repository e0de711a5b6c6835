import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import process from 'node:process';
import {VM_ID_TEXT} from '../crypto/ids.ts';
import {DevnetError} from './errors.ts';
import type {PluginCommand} from './host/plugin-process.ts';

/** What the child processes of a network run. */
export type Programs = {
  /** Started without further arguments. */
  readonly plugin: PluginCommand;
  /** The command line tool: `node`, and other words follow. */
  readonly tool: PluginCommand;
  readonly kind: 'built' | 'source';
};

/** Built files when there are any, unless the sources are asked for. */
export type ProgramChoice = 'auto' | 'source';

/** The folder with package.json, from a source file as well as from a bundle in dist/. */
function findRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new DevnetError('DEVNET_STATE', {
    problem: 'no package.json above',
    at: import.meta.dirname,
  });
}

/** @throws DevnetError DEVNET_STATE outside a checkout. */
export function findPrograms(choice: ProgramChoice = 'auto'): Programs {
  const root = findRoot();
  const launcher = join(root, 'dist', 'plugins', VM_ID_TEXT);
  const bundle = join(root, 'dist', 'sessionvm.mjs');
  const path = process.execPath;
  if (choice === 'auto' && existsSync(launcher) && existsSync(bundle)) {
    return {plugin: {path: launcher}, tool: {path, args: [bundle]}, kind: 'built'};
  }
  const main = {path, args: [join(root, 'src', 'cli', 'main.ts')]};
  return {plugin: main, tool: main, kind: 'source'};
}
