import {type Address, hexToBytes, toAddress} from '../protocol/bytes.ts';
import {ConfigError} from './errors.ts';
import {SHAPE} from './setting-shapes.ts';

/** Reads one setting. @throws ConfigError CONFIG_INVALID with its path. */
export type Setting<T> = (value: unknown, path: string) => T;

/** Where a server listens. */
export type HostAndPort = {readonly host: string; readonly port: number};

export function invalid(path: string, expected: string): never {
  throw new ConfigError('CONFIG_INVALID', {path, expected});
}

export const text: Setting<string> = (value, path) =>
  typeof value === 'string' && value !== '' ? value : invalid(path, 'must be text');

export const flag: Setting<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : invalid(path, 'must be true or false');

export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return (value, path) => (value === undefined ? undefined : setting(value, path));
}

type Count = {readonly min: number; readonly max: number};

/** The path of an item says which, as in `listen[1]`. */
export function listOf<T>(setting: Setting<T>, {min, max}: Count): Setting<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      invalid(path, `must be a list of ${min} to ${max}`);
    }
    return Object.freeze(value.map((item, at) => setting(item, `${path}[${at}]`)));
  };
}

function shaped(shape: RegExp, expected: string): Setting<string> {
  return (value, path) => {
    const found = text(value, path);
    return shape.test(found) ? found : invalid(path, expected);
  };
}

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  B: 1n,
  KiB: 1n << 10n,
  MiB: 1n << 20n,
  GiB: 1n << 30n,
  TiB: 1n << 40n,
};
const MAX_CAPACITY = 1n << 60n;

/** `10737418240`, `10GiB`, `512MiB`. */
export const size: Setting<bigint> = (value, path) => {
  const given = typeof value === 'number' ? String(value) : text(value, path);
  const [, digits = '', unit = ''] = SHAPE.capacity.exec(given) ?? [];
  const scale = UNITS[unit];
  if (digits === '' || scale === undefined) {
    invalid(path, 'must be bytes, as in 10GiB or 10737418240');
  }
  const bytes = BigInt(digits) * scale;
  if (bytes === 0n || bytes > MAX_CAPACITY) invalid(path, 'must be 1 byte to 1024 PiB');
  return bytes;
};

/** Base units of the token. */
export const units: Setting<bigint> = (value, path) => {
  const given = text(value, path);
  if (!SHAPE.stake.test(given) || BigInt(given) >= 1n << 64n) {
    invalid(path, 'must be base units as decimal text below 2^64');
  }
  return BigInt(given);
};

const hexAddress = shaped(SHAPE.owner, 'must be an account: 40 hex digits');
export const account: Setting<Address> = (value, path) =>
  toAddress(hexToBytes(hexAddress(value, path)));

/** Id or name of a key at the key chain. */
export const keyReference = shaped(
  SHAPE.keyRef,
  'must be the id or the name of a key: at most 128 printable characters, no spaces',
);

export const url: Setting<string> = (value, path) => {
  const given = text(value, path);
  const found = URL.canParse(given) ? new URL(given) : undefined;
  const isHttp = found !== undefined && ['http:', 'https:'].includes(found.protocol);
  return isHttp ? given : invalid(path, 'must be an http or https URL');
};

/** By shape only; the network says whether it can be used. */
export const listenAddress = shaped(
  SHAPE.listen,
  'must be an address to listen on, as in /ip4/0.0.0.0/tcp/22023',
);
export const announcedAddress = shaped(
  SHAPE.announce,
  'must be an address that others reach, as in /dns4/node.example.org/tcp/22023',
);
export const peerAddress = shaped(
  SHAPE.bootstrap,
  'must be the address of a peer, as in /ip4/192.0.2.1/tcp/22023/p2p/12D3KooW…',
);

const endpoint = shaped(SHAPE.metrics, 'must be host:port, as in 127.0.0.1:22024, or off');

/** `off` is undefined. An IPv6 host stands in brackets. */
export const endpointOrOff: Setting<HostAndPort | undefined> = (value, path) => {
  const given = endpoint(value, path);
  if (given === 'off') return undefined;
  const colon = given.lastIndexOf(':');
  const host = given.slice(0, colon).replace(/^\[|\]$/g, '');
  return Object.freeze({host, port: Number(given.slice(colon + 1))});
};
