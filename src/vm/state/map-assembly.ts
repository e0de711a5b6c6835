import {bytesToKey, equalBytes, type Hash, ZERO_HASH} from '../../protocol/bytes.ts';
import {
  leafBytes,
  MAX_SUBTREE_BYTES,
  type StateSubtree,
} from '../../protocol/chain/state-subtree.ts';
import {checkSubtree, type InnerByHash} from './check-subtree.ts';
import {MerkleMap} from './merkle-map.ts';
import type {SubtreeIndex} from './subtree-index.ts';
import {EMPTY_TRIE, Inner, type TrieNode} from './trie.ts';
import type {Entry} from './trie-bulk.ts';
import {walkSubtree} from './trie-walk.ts';

/** A subtree that is there, with what is in it. */
type Part = {readonly node: TrieNode; readonly size: number; readonly bytes: number};

/** An inner node whose subtrees are still to come, and who told of it. */
type Fork = {
  readonly place: MissingSubtree;
  readonly bitIndex: number;
  readonly teller: string;
  left: Part | undefined;
  right: Part | undefined;
};

/** Inner nodes of one answer, and whose it is. */
type Told = {readonly nodes: InnerByHash; readonly teller: string};

const NOTHING_TOLD: Told = {nodes: new Map(), teller: ''};

/** One subtree of the map that is not there yet. */
export class MissingSubtree {
  readonly hash: Hash;
  /** Turns from the root; true is right. */
  readonly path: readonly boolean[];
  readonly parent: Fork | undefined;
  isFilled = false;

  constructor(hash: Hash, path: readonly boolean[], parent: Fork | undefined) {
    this.hash = hash;
    this.path = path;
    this.parent = parent;
  }
}

/** What an answer was worth. */
export type Addition = {
  readonly isTrue: boolean;
  /** Entries that came with it. */
  readonly fetched: Iterable<Entry>;
  /** Entries that were at hand and turned out to be of this map too. */
  readonly reused: readonly TrieNode[];
  /** Who told of an inner node where its few leaves were asked for. */
  readonly splitters: readonly string[];
};

const NO_ENTRIES: readonly Entry[] = [];
const FALSE: Addition = {isTrue: false, fetched: NO_ENTRIES, reused: [], splitters: []};

function partOf(node: TrieNode): Part {
  let [size, bytes] = [0, 0];
  for (const [key, value] of walkSubtree(node)) {
    size += 1;
    bytes += leafBytes(key, value);
  }
  return {node, size, bytes};
}

/**
 * A map that is put together from answers about its root, each checked before it is kept. What is
 * missing is a list of subtrees that anybody may be asked for, in any order and many at a time.
 */
export class MapAssembly {
  readonly #known: SubtreeIndex;
  /** Deepest last: taking from the end keeps the list short. */
  readonly #missing: MissingSubtree[] = [];
  #reused: TrieNode[] = [];
  #splitters: string[] = [];
  #map: MerkleMap | undefined;

  constructor(root: Hash, known: SubtreeIndex) {
    this.#known = known;
    if (equalBytes(root, ZERO_HASH)) this.#map = new MerkleMap(EMPTY_TRIE);
    else this.#place(new MissingSubtree(root, [], undefined), NOTHING_TOLD);
  }

  /** The whole, once nothing is missing. */
  get map(): MerkleMap | undefined {
    return this.#map;
  }

  /** Subtrees at hand that are of this map, told once. */
  takeReused(): readonly TrieNode[] {
    const reused = this.#reused;
    this.#reused = [];
    return reused;
  }

  /** A subtree to ask for; it comes back by `giveBack` or is filled by `add`. */
  take(): MissingSubtree | undefined {
    for (;;) {
      const place = this.#missing.pop();
      if (place === undefined || !place.isFilled) return place;
    }
  }

  giveBack(place: MissingSubtree): void {
    if (!place.isFilled) this.#missing.push(place);
  }

  /** Checks an answer about a subtree and keeps it if it is true. `teller` is whose answer it is. */
  add(place: MissingSubtree, answer: StateSubtree, teller: string): Addition {
    const checked = checkSubtree(place.hash, answer);
    if (checked === undefined) return FALSE;
    if (place.isFilled) return {...FALSE, isTrue: true};
    let fetched: Iterable<Entry> = NO_ENTRIES;
    if (checked.type === 'leaves') {
      place.isFilled = true;
      this.#settle(place, partOf(checked.node));
      fetched = walkSubtree(checked.node);
    } else {
      this.#place(place, {nodes: checked.nodes, teller});
    }
    const splitters = this.#splitters;
    this.#splitters = [];
    return {isTrue: true, fetched, reused: this.takeReused(), splitters};
  }

  /** Fills a place with what is at hand or was told, as far down as it goes; the rest is missing. */
  #place(place: MissingSubtree, told: Told): void {
    const node = this.#known.find(place.hash);
    const inner = told.nodes.get(bytesToKey(place.hash));
    if (node !== undefined) {
      place.isFilled = true;
      this.#reused.push(node);
      this.#settle(place, partOf(node));
    } else if (inner === undefined) {
      this.#missing.push(place);
    } else {
      place.isFilled = true;
      const {bitIndex, left, right} = inner;
      const fork = {place, bitIndex, teller: told.teller, left: undefined, right: undefined};
      this.#place(new MissingSubtree(right, [...place.path, true], fork), told);
      this.#place(new MissingSubtree(left, [...place.path, false], fork), told);
    }
  }

  /** Puts a part in its place, and joins all that is whole by it. */
  #settle(place: MissingSubtree, part: Part): void {
    let [at, found] = [place, part];
    for (;;) {
      const {parent} = at;
      if (parent === undefined) break;
      if (at.path.at(-1) === true) parent.right = found;
      else parent.left = found;
      if (parent.left === undefined || parent.right === undefined) return;
      found = this.#join(parent, parent.left, parent.right);
      at = parent.place;
    }
    this.#map = new MerkleMap({root: found.node, size: found.size});
  }

  #join({place, bitIndex, teller}: Fork, left: Part, right: Part): Part {
    const node = new Inner(bitIndex, left.node, right.node, undefined);
    node.hashKey = bytesToKey(place.hash);
    const bytes = left.bytes + right.bytes;
    if (bytes <= MAX_SUBTREE_BYTES) this.#splitters.push(teller);
    return {node, size: left.size + right.size, bytes};
  }
}
