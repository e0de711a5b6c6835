import {randomBytes} from 'node:crypto';
import {access, mkdir, readFile, writeFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {sessionIdentityOf} from '../client/session-identity.ts';
import {sha256} from '../crypto/hash.ts';
import {decodeIdentity, encodeIdentity} from '../crypto/identity.ts';
import {addressOf, addressToString} from '../crypto/ids.ts';
import {createSigner} from '../crypto/ml-dsa.ts';
import {
  type Address,
  bytesToHex,
  type ChainId,
  toChainId,
  toKemSeed,
  toSigningSeed,
} from '../protocol/bytes.ts';
import {createGenesis, type Genesis, parseGenesis} from '../protocol/chain/genesis.ts';
import {DevnetError} from './errors.ts';

/** Avalanche's number for local networks. */
export const DEVNET_NETWORK_ID = 1337;
/**
 * S_0 lies this far before the start: epoch 1 begins soon, and sixteen processes on two cores have the
 * time to start and to register in epoch 0.
 */
export const GENESIS_AGE_SECONDS = 10;

const OWNER_UNITS = 1_000_000_000n;
const FUNDED_UNITS = 1_000_000_000_000n;

/** A funded account of the network. */
export type FundedKey = {readonly path: string; readonly address: string; readonly units: bigint};

/** An inbox of the network, with the id that others write to. */
export type Person = {readonly name: string; readonly path: string; readonly sessionId: string};

export type NetworkFiles = {
  readonly directory: string;
  readonly genesisPath: string;
  readonly genesisBytes: Uint8Array;
  readonly genesis: Genesis;
  readonly chainId: ChainId;
  /** One owner account per node: `keys/owner-01.key` … */
  readonly owners: readonly FundedKey[];
  /** An account to play with: `keys/funded.key`. */
  readonly funded: FundedKey;
  /** Two people to play: `keys/alice.key`, `keys/bob.key`. */
  readonly people: readonly Person[];
  /** False when the folder held a network already. */
  readonly isNew: boolean;
};

export const nodeName = (index: number): string => String(index + 1).padStart(2, '0');

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

type NewKey = {readonly path: string; readonly address: Address; readonly units: bigint};

async function writeNewKey(path: string, units: bigint): Promise<NewKey> {
  const signingSeed = toSigningSeed(new Uint8Array(randomBytes(toSigningSeed.byteLength)));
  const file = encodeIdentity({kind: 'account', signingSeed});
  await writeFile(path, file, {mode: 0o600, flag: 'wx'});
  const address = addressOf(createSigner(signingSeed).publicKey);
  signingSeed.fill(0);
  file.fill(0);
  return {path, address, units};
}

async function createFiles(directory: string, nodes: number): Promise<void> {
  const folder = join(directory, 'keys');
  await mkdir(folder, {recursive: true, mode: 0o700});
  const keys = [await writeNewKey(join(folder, 'funded.key'), FUNDED_UNITS)];
  for (let index = 0; index < nodes; index++) {
    keys.push(await writeNewKey(join(folder, `owner-${nodeName(index)}.key`), OWNER_UNITS));
  }
  const genesis = createGenesis({
    preset: 'dev',
    // Rounded up: at most that many seconds, so that registering has at least the rest of epoch 0.
    timestamp: Math.ceil(Date.now() / 1000) - GENESIS_AGE_SECONDS,
    allocations: keys.map(({address, units}) => ({address, amount: units})),
    message: 'sessionvm devnet: a development network',
  });
  const accounts = keys.map(({path, address, units}) => ({
    // The folder may move.
    path: relative(directory, path),
    address: addressToString(address),
    units: String(units),
  }));
  await writeFile(join(directory, 'accounts.json'), `${JSON.stringify(accounts, undefined, 2)}\n`);
  // Written last: a folder with a genesis is complete.
  await writeFile(join(directory, 'genesis.json'), genesis);
}

const PEOPLE = ['alice', 'bob'];

/** An inbox's key, made when it is not there yet. */
async function openPerson(directory: string, name: string): Promise<Person> {
  const path = join(directory, 'keys', `${name}.key`);
  if (!(await exists(path))) {
    const signingSeed = toSigningSeed(new Uint8Array(randomBytes(toSigningSeed.byteLength)));
    const kemSeed = toKemSeed(new Uint8Array(randomBytes(toKemSeed.byteLength)));
    const file = encodeIdentity({kind: 'session', signingSeed, kemSeed});
    await writeFile(path, file, {mode: 0o600, flag: 'wx'});
  }
  const identity = decodeIdentity(new Uint8Array(await readFile(path)));
  if (identity.kind !== 'session') {
    throw new DevnetError('DEVNET_DATA', {directory, problem: `${path} is no inbox's key`});
  }
  const {sessionId} = sessionIdentityOf(identity);
  return {name, path, sessionId: bytesToHex(sessionId)};
}

type StoredAccount = {readonly path: string; readonly address: string; readonly units: string};

async function readAccounts(directory: string): Promise<FundedKey[]> {
  try {
    const text = await readFile(join(directory, 'accounts.json'), 'utf8');
    const stored = JSON.parse(text) as readonly StoredAccount[];
    return stored.map(({path, address, units}) => ({
      path: join(directory, path),
      address,
      units: BigInt(units),
    }));
  } catch (cause) {
    const problem =
      'it has a genesis.json, but no accounts.json that a network wrote: name another folder';
    throw new DevnetError('DEVNET_DATA', {directory, problem}, {cause});
  }
}

/**
 * The files of a network: those that are there, or new ones with `nodes` owner accounts.
 * @throws DevnetError DEVNET_DATA when the folder holds a network with fewer nodes.
 */
export async function openNetworkFiles(directory: string, nodes: number): Promise<NetworkFiles> {
  const genesisPath = join(directory, 'genesis.json');
  const isNew = !(await exists(genesisPath));
  if (isNew) await createFiles(directory, nodes);
  const genesisBytes = new Uint8Array(await readFile(genesisPath));
  const [funded, ...owners] = await readAccounts(directory);
  if (funded === undefined || owners.length < nodes) {
    throw new DevnetError('DEVNET_DATA', {
      directory,
      problem: `holds a network of ${owners.length} nodes`,
      asked: nodes,
    });
  }
  return {
    directory,
    genesisPath,
    genesisBytes,
    genesis: parseGenesis(genesisBytes),
    // The keys in it are random, so no two networks share a chain id.
    chainId: toChainId(sha256(genesisBytes)),
    owners: owners.slice(0, nodes),
    funded,
    people: await Promise.all(PEOPLE.map((name) => openPerson(directory, name))),
    isNew,
  };
}

/** Sum of all balances at genesis, in base units. */
export function genesisSupply({genesis}: NetworkFiles): bigint {
  return genesis.allocations.reduce((sum, {amount}) => sum + amount, 0n);
}
