export type Announced = {
  readonly protocolVersion: number;
  /** host:port */
  readonly addr: string;
};

/** The only call of the node's handshake server. */
export const INITIALIZE_PATH = '/vm.runtime.Runtime/Initialize';

const VARINT_FIELD_1 = 0x08;
const BYTES_FIELD_2 = 0x12;

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/**
 * `vm.runtime.InitializeRequest` of proto/vm/runtime, written by hand: the loader of proto/ takes
 * longer than the whole handshake, and the node counts from the start of the process.
 */
export function encodeAnnounced({protocolVersion, addr}: Announced): Buffer {
  const address = Buffer.from(addr, 'ascii');
  const head = [
    VARINT_FIELD_1,
    ...varint(protocolVersion),
    BYTES_FIELD_2,
    ...varint(address.length),
  ];
  return Buffer.concat([Buffer.from(head), address]);
}
