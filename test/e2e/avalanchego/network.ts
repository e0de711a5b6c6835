import {realpath} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {E2eError} from './errors.ts';
import {AvalancheNode} from './node-process.ts';
import {readNodeVersion} from './node-version.ts';

const LOWEST_PROTOCOL = 42;
const HIGHEST_PROTOCOL = 46;

export type NetworkInit = {
  /** File of the node. */
  readonly binary: string;
  readonly plugin: {readonly file: string; readonly vmId: string};
  /** Existing folder that gets one folder per node. */
  readonly folder: string;
};

export type NewNode = {
  /** Running nodes that it bootstraps from. */
  readonly from?: readonly AvalancheNode[];
  readonly env?: Readonly<Record<string, string>>;
  /** Another plugin under the same VM id. */
  readonly pluginFile?: string;
};

/**
 * The plugin asks its parent's file for the number when the file's name tells what it is; a node of
 * another name needs the variable that the node hands on to its plugins.
 */
async function protocolVariable(binary: string, protocol: number): Promise<Record<string, string>> {
  const name = basename(await realpath(binary));
  if (name.startsWith('avalanchego') || name.startsWith('luxd')) return {};
  return {GRPC_SESSIONVM_PROTOCOL: String(protocol)};
}

/** A local network of nodes of one file, all with the same plugin. */
export class LocalNetwork {
  readonly application: string;
  readonly protocol: number;
  readonly #init: NetworkInit;
  readonly #env: Readonly<Record<string, string>>;
  readonly #nodes: AvalancheNode[] = [];

  private constructor(
    init: NetworkInit,
    facts: {application: string; protocol: number; env: Readonly<Record<string, string>>},
  ) {
    this.#init = init;
    this.application = facts.application;
    this.protocol = facts.protocol;
    this.#env = facts.env;
  }

  /** @throws E2eError E2E_NODE_UNUSABLE when the file is no node of protocol 42 to 46. */
  static async create(init: NetworkInit): Promise<LocalNetwork> {
    const {application, protocol} = await readNodeVersion(init.binary);
    if (protocol < LOWEST_PROTOCOL || protocol > HIGHEST_PROTOCOL) {
      const supported = `${LOWEST_PROTOCOL} to ${HIGHEST_PROTOCOL}`;
      throw new E2eError('E2E_NODE_UNUSABLE', {application, protocol, supported});
    }
    const env = await protocolVariable(init.binary, protocol);
    return new LocalNetwork(init, {application, protocol, env});
  }

  /** All nodes made so far, running or not. */
  get nodes(): readonly AvalancheNode[] {
    return this.#nodes;
  }

  /** The node of that name. */
  named(name: string): AvalancheNode {
    const node = this.#nodes.find((each) => each.name === name);
    if (node === undefined) throw new E2eError('E2E_NODE_UNUSABLE', {node: name});
    return node;
  }

  /** A new node, not started. */
  async addNode(
    name: string,
    {from = [], env = {}, pluginFile}: NewNode = {},
  ): Promise<AvalancheNode> {
    const {binary, folder} = this.#init;
    const {vmId, file} = this.#init.plugin;
    const plugin = {vmId, file: pluginFile ?? file};
    const node = await AvalancheNode.create({
      name,
      binary,
      plugin,
      folder: join(folder, name),
      env: {...this.#env, ...env},
      bootstrapFrom: await Promise.all(from.map((node) => node.asPeer())),
    });
    this.#nodes.push(node);
    return node;
  }

  /** Stops what runs, the youngest first. */
  async stop(): Promise<void> {
    for (const node of this.#nodes.toReversed()) {
      if (node.isRunning) await node.stop();
    }
  }
}
