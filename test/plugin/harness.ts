import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {signAccountTx} from '../../src/client/transactions.ts';
import {addressOf} from '../../src/crypto/ids.ts';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import type {HostOptions} from '../../src/devnet/host/host-options.ts';
import {type Host, startHost} from '../../src/devnet/host.ts';
import {bytesToHex, toAddress, toChainId, toSigningSeed} from '../../src/protocol/bytes.ts';
import {createGenesis} from '../../src/protocol/chain/genesis.ts';

const START = new URL('../../src/plugin/start-plugin.ts', import.meta.url).href;
const CODE = `const {startPlugin} = await import('${START}'); await startPlugin(process.env);`;

/** The plugin from source, without any other program around it. */
export const PLUGIN = {path: process.execPath, args: ['--input-type=module', '-e', CODE]};

export const CHAIN = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(7))};
export const RICH = createSigner(toSigningSeed(new Uint8Array(32).fill(1)));
export const POOR = toAddress(new Uint8Array(20).fill(2));

/** A `lux` chain in the middle of a ten-minute phase: no block is due by itself. */
export function quietGenesis(message = '', ageSeconds = 100): Uint8Array {
  const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
  const allocations = [{address: addressOf(RICH.publicKey), amount: 1_000_000_000n}];
  return createGenesis({preset: 'lux', timestamp, allocations, message});
}

/** The RICH account's transfer of one unit with this nonce. */
export function transfer(nonce: bigint, amount = 1n): Uint8Array {
  const body = {type: 'transfer', value: {to: POOR, amount}} as const;
  const init = {chain: CHAIN, body, nonce, fee: 1000n, expiryHeight: 1_000_000n};
  return signAccountTx(init, RICH).bytes;
}

export type Rpc = {readonly result?: Record<string, unknown>; readonly error?: {data: unknown}};

export async function rpc(host: Host, method: string, params: object = {}): Promise<Rpc> {
  const body = JSON.stringify({jsonrpc: '2.0', id: 1, method: `session.${method}`, params});
  const response = await fetch(host.rpcUrl, {method: 'POST', body});
  return (await response.json()) as Rpc;
}

export const issue = (host: Host, tx: Uint8Array): Promise<Rpc> =>
  rpc(host, 'issueTx', {tx: `0x${bytesToHex(tx)}`});

/** Polls until it holds. @throws Error after `timeoutMs` */
export async function waitFor(
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`did not happen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Hosts and folders of one test file; `close` leaves nothing behind. */
export class Bench {
  readonly #hosts: Host[] = [];
  readonly #folders: string[] = [];

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-plugin-'));
    this.#folders.push(folder);
    return folder;
  }

  async start(changes: Partial<HostOptions> = {}): Promise<Host> {
    const dataDir = changes.dataDir ?? (await this.folder());
    const genesisBytes = changes.genesisBytes ?? quietGenesis();
    const options = {plugin: PLUGIN, ...CHAIN, ...changes, dataDir, genesisBytes};
    const host = await startHost(options);
    this.#hosts.push(host);
    return host;
  }

  async close(): Promise<void> {
    for (const host of this.#hosts.splice(0)) await host.stop();
    for (const folder of this.#folders.splice(0)) await rm(folder, {recursive: true, force: true});
  }
}
