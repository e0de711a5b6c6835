import {VM_ID_TEXT} from '../crypto/ids.ts';
import {RPCCHAINVM_DEFAULT, RPCCHAINVM_SUPPORTED, VERSION} from '../protocol/version.ts';

/** What this program is, in the names of avalanchego's `--version-json`. */
export const ABOUT = {
  name: 'sessionvm',
  vmid: VM_ID_TEXT,
  version: VERSION,
  rpcchainvm: RPCCHAINVM_DEFAULT,
  rpcchainvmSupported: RPCCHAINVM_SUPPORTED,
} as const;
