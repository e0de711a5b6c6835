/** One word of POSIX shell, whatever it holds. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The file for a node's plugin directory. A node starts it with an empty environment, so it uses
 * shell built-ins and absolute paths only; and it signals the process that it started, so the
 * shell makes way for Node by `exec`. A copy elsewhere still finds both files where they are.
 */
export function pluginLauncher(paths: {readonly node: string; readonly bundle: string}): string {
  return `#!/bin/sh
# SessionVM's plugin for avalanchego and luxd. Made by 'npm run build': starts the program below.
node=${quote(paths.node)}
bundle=${quote(paths.bundle)}
for file in "$node" "$bundle"; do
  if [ ! -r "$file" ]; then
    echo "sessionvm: $file is gone: run 'npm ci && npm run build' where this plugin was built, then install it again" >&2
    exit 1
  fi
done
exec "$node" "$bundle" "$@"
`;
}
