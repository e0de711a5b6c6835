/** A TCP port. */
const PORT =
  '(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
/** 0 is any free one: where something listens only. */
const OWN_PORT = `(?:0|${PORT})`;
const BYTE = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IP4 = `/ip4/${BYTE}(?:\\.${BYTE}){3}`;
const IP6 = '/ip6/[0-9a-fA-F:.]{2,45}';
const DNS = '/dns[46]/[A-Za-z0-9](?:[A-Za-z0-9.-]{0,98})';
/** Base58 of a multihash, or the base32 or base36 of a CID. */
const PEER = '/p2p/[A-Za-z0-9]{32,80}';

/** Settings with a form, by name. `docs/node-config.schema.json` says the same to editors. */
export const SHAPE = {
  owner: /^(0x)?[0-9a-fA-F]{40}$/,
  capacity: /^([0-9]{1,19}) ?([KMGT]iB|B)?$/,
  keyRef: /^[\x21-\x7e]{1,128}$/,
  stake: /^[1-9][0-9]{0,19}$/,
  listen: new RegExp(`^(?:${IP4}|${IP6})/tcp/${OWN_PORT}$`),
  announce: new RegExp(`^(?:${IP4}|${IP6}|${DNS})/tcp/${PORT}$`),
  bootstrap: new RegExp(`^(?:${IP4}|${IP6}|${DNS})/tcp/${PORT}${PEER}$`),
  metrics: new RegExp(`^(?:off|(?:\\[[0-9a-fA-F:.]{2,45}\\]|[A-Za-z0-9.-]{1,253}):${OWN_PORT})$`),
} as const;
