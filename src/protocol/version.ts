/** Version of this program; the same as in package.json. */
export const VERSION = '0.1.0';

/** Numbers of the hosts' plugin protocol that this program speaks; the first is announced by default. */
export const RPCCHAINVM_DEFAULT = 45;
export const RPCCHAINVM_SUPPORTED: readonly number[] = [42, 43, 44, 45, 46];
