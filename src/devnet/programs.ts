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

/** Built files when there are any, unless the sources are asked for, or what a build wrote elsewhere. */
export type ProgramChoice = 'auto' | 'source' | {readonly folder: string};

/** As bin/sessionvm starts it: a nursery of so many MiB. */
const NODE_FLAGS = ['--max-semi-space-size=16'];

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

/** What a build wrote into the folder; undefined when it has not. */
function builtIn(folder: string): Programs | undefined {
  const [launcher, bundle] = [join(folder, 'plugins', VM_ID_TEXT), join(folder, 'sessionvm.mjs')];
  if (!existsSync(launcher) || !existsSync(bundle)) return undefined;
  const tool = {path: process.execPath, args: [...NODE_FLAGS, bundle]};
  return {plugin: {path: launcher}, tool, kind: 'built'};
}

/** A bundle runs itself; the sources run what was built from them last. */
function builtNear(root: string): Programs | undefined {
  const here = import.meta.dirname;
  return builtIn(here) ?? builtIn(dirname(here)) ?? builtIn(join(root, 'dist'));
}

/** @throws DevnetError DEVNET_STATE outside a checkout, or when the folder holds no build. */
export function findPrograms(choice: ProgramChoice = 'auto'): Programs {
  if (typeof choice === 'object') {
    const built = builtIn(choice.folder);
    if (built !== undefined) return built;
    throw new DevnetError('DEVNET_STATE', {problem: 'no build in it', at: choice.folder});
  }
  const root = findRoot();
  const built = choice === 'auto' ? builtNear(root) : undefined;
  if (built !== undefined) return built;
  const main = join(root, 'src', 'cli', 'main.ts');
  const plugin = {path: process.execPath, args: [main]};
  const tool = {path: process.execPath, args: [...NODE_FLAGS, main]};
  return {plugin, tool, kind: 'source'};
}
