import {formatAmount} from '../../client/amounts.ts';
import type {ServiceNodeInfo} from '../../protocol/api.ts';
import type {Token} from '../../protocol/chain/rules.ts';

/** Lines of a table of all nodes: the killed ones are marked. */
export function nodeTable(
  nodes: readonly ServiceNodeInfo[],
  names: ReadonlyMap<string, string>,
  {token, killed}: {readonly token: Token; readonly killed: ReadonlySet<string>},
): string[] {
  const head = ['node', 'swarm', 'stake (base units)', 'stake', 'misses', 'score', ''];
  const rows = nodes.map((node) => [
    names.get(node.nodeId) ?? node.nodeId,
    String(node.swarmId ?? '-'),
    node.stake,
    formatAmount(BigInt(node.stake), token),
    String(node.misses),
    `${(node.uptimeScore / 100).toFixed(2)} %`,
    killed.has(node.nodeId) ? 'killed' : '',
  ]);
  const ordered = rows.sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const widths = head.map((title, column) =>
    Math.max(...[head, ...ordered].map((row) => row[column]?.length ?? title.length)),
  );
  const toLine = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd();
  return [head, ...ordered].map(toLine);
}
