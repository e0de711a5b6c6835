import {
  Bytes,
  type Context,
  networkIDs,
  pvm,
  pvmSerial,
  secp256k1,
  UnsignedTx,
  utils,
} from '@avalabs/avalanchejs';
import {check, E2eError} from './errors.ts';
import {callRpc} from './rpc.ts';
import {waitFor} from './wait-for.ts';

/** The well-known test key that every local network's genesis funds. It guards nothing. */
const LOCAL_TEST_KEY = 'ewoqjP7PxY4yr3iLTpLisriqt94hdyDFNgchSxGGztUrTXtNN';
const CALLS_TIMEOUT_MS = 20_000;
const COMMIT_TIMEOUT_MS = 20_000;

type Wallet = {
  readonly uri: string;
  readonly api: pvm.PVMApi;
  readonly context: Context;
  readonly key: Uint8Array;
  readonly address: Uint8Array;
};

const platformCall = <Result>(uri: string, method: string, params: object = {}) =>
  callRpc<Result>({url: `${uri}/ext/bc/P`, method: `platform.${method}`, params});
const infoCall = <Result>(uri: string, method: string, params: object = {}) =>
  callRpc<Result>({url: `${uri}/ext/info`, method: `info.${method}`, params});

/** The builders look at the P-chain's fields only, so the X and C chains need not be up. */
async function fetchContext(uri: string, api: pvm.PVMApi): Promise<Context> {
  const {networkID} = await infoCall<{networkID: string}>(uri, 'getNetworkID');
  const {blockchainID} = await infoCall<{blockchainID: string}>(uri, 'getBlockchainID', {
    alias: 'P',
  });
  const {assetID} = await platformCall<{assetID: string}>(uri, 'getStakingAssetID');
  return {
    networkID: Number(networkID),
    hrp: networkIDs.getHRP(Number(networkID)),
    xBlockchainID: '',
    cBlockchainID: '',
    pBlockchainID: blockchainID,
    avaxAssetID: assetID,
    baseTxFee: 0n,
    createAssetTxFee: 0n,
    platformFeeConfig: await api.getFeeConfig(),
  };
}

/** What `--network-id=local` means. */
const LOCAL_NETWORK_ID = '12345';

/** Whether the node is of a network of its operator's own, where the test key has funds. */
export async function isLocalNetwork(uri: string): Promise<boolean> {
  const {networkID} = await infoCall<{networkID: string}>(uri, 'getNetworkID');
  return networkID === LOCAL_NETWORK_ID;
}

async function openWallet(uri: string): Promise<Wallet> {
  const api = new pvm.PVMApi(uri);
  api.setFetchOptions({signal: AbortSignal.timeout(CALLS_TIMEOUT_MS)});
  const key = utils.base58check.decode(LOCAL_TEST_KEY);
  const address = secp256k1.publicKeyBytesToAddress(secp256k1.getPublicKey(key));
  return {uri, api, key, address, context: await fetchContext(uri, api)};
}

/**
 * The node reports the fee state as of the last P-chain block, which on a new network is genesis,
 * with no gas to spend. Gas grows and the price falls with time since then, so the reported price is
 * enough, and the builder's own look at the capacity must not stop it: the node checks the true one.
 */
async function commonProps({api, context, address}: Wallet) {
  const text = utils.format('P', context.hrp, address);
  const {utxos} = await api.getUTXOs({addresses: [text]});
  const feeState = {
    ...(await api.getFeeState()),
    capacity: context.platformFeeConfig.maxCapacity,
  };
  return {utxos, feeState, fromAddressesBytes: [address]};
}

/** One key owns all inputs and the subnet, so each credential is one signature of that key. */
async function sign(tx: UnsignedTx, key: Uint8Array): Promise<void> {
  const signature = await secp256k1.sign(tx.toBytes(), key);
  for (const [index, signers] of tx.getSigIndices().entries()) {
    check(signers.length === 1, 'one signer per credential', {index, signers: signers.length});
    tx.addSignatureAt(signature, index, 0);
  }
}

/** Signs, issues, and waits until the P-chain has the transaction. Returns its id (CB58). */
async function issue({api, uri, key}: Wallet, tx: UnsignedTx): Promise<string> {
  await sign(tx, key);
  const {txID} = await api.issueSignedTx(tx.getSignedTx());
  await waitFor(`commit of P-chain tx ${txID}`, COMMIT_TIMEOUT_MS, async () => {
    type Status = {readonly status: string; readonly reason?: string};
    const {status, reason = ''} = await platformCall<Status>(uri, 'getTxStatus', {txID});
    if (status === 'Dropped') throw new E2eError('E2E_RPC_REFUSED', {txID, status, reason});
    return status === 'Committed' ? txID : undefined;
  });
  return txID;
}

/** Creates a subnet owned by the local test key and returns its id (CB58). */
export async function createSubnet(uri: string): Promise<string> {
  const wallet = await openWallet(uri);
  const tx = pvm.newCreateSubnetTx(
    {...(await commonProps(wallet)), subnetOwners: [wallet.address], threshold: 1, locktime: 0n},
    wallet.context,
  );
  return issue(wallet, tx);
}

export type ChainInit = {
  readonly subnetId: string;
  /** CB58; also the name of the plugin's file. */
  readonly vmId: string;
  readonly name: string;
  readonly genesis: Uint8Array;
};

/** `{"":"xxx"}` as JSON, exactly as long as the real genesis, because the fee counts its bytes. */
function placeholderOf(length: number): Readonly<Record<string, string>> {
  const overhead = '{"":""}'.length;
  return {'': 'x'.repeat(Math.max(0, length - overhead))};
}

/**
 * The builder accepts a JSON value only and writes it its own way. It gets a stand-in, and the
 * transaction is made again from the parts with the genesis bytes as they are.
 */
function withGenesis({tx, utxos, addressMaps}: UnsignedTx, genesis: Uint8Array): UnsignedTx {
  if (!(tx instanceof pvmSerial.CreateChainTx)) {
    throw new E2eError('E2E_CHECK', {expected: 'a CreateChainTx from the builder'});
  }
  const {baseTx, subnetID, chainName, vmID, fxIds, subnetAuth} = tx;
  const data = new Bytes(genesis);
  const exact = new pvmSerial.CreateChainTx(
    baseTx,
    subnetID,
    chainName,
    vmID,
    fxIds,
    data,
    subnetAuth,
  );
  return new UnsignedTx(exact, utxos, addressMaps);
}

/** Creates a chain in a subnet that the local test key owns and returns its id (CB58). */
export async function createChain(uri: string, chain: ChainInit): Promise<string> {
  const wallet = await openWallet(uri);
  const stand = pvm.newCreateChainTx(
    {
      ...(await commonProps(wallet)),
      chainName: chain.name,
      fxIds: [],
      genesisData: placeholderOf(chain.genesis.length),
      subnetAuth: [0],
      subnetId: chain.subnetId,
      vmId: chain.vmId,
    },
    wallet.context,
  );
  return issue(wallet, withGenesis(stand, chain.genesis));
}
