/**
 * The program that stands between the network inside a sandbox, which is empty, and the socket of the proxy, then starts the
 * command and ends as it does. It runs where none of this project's modules are: it is text, for `node -e`.
 * Arguments: the socket, the port, then the command.
 */
export const BRIDGE = `
const { connect, createServer } = require('node:net');
const { spawn } = require('node:child_process');
const { constants } = require('node:os');
// By this signal Node would let anybody inside look into this program, and change it.
process.on('SIGUSR1', () => {});
const [socket, port, program, ...args] = process.argv.slice(1);
const server = createServer({ allowHalfOpen: true }, (inside) => {
  const outside = connect({ path: socket, allowHalfOpen: true });
  inside.on('error', () => outside.destroy());
  outside.on('error', () => inside.destroy());
  inside.pipe(outside);
  outside.pipe(inside);
});
server.on('error', (error) => {
  process.stderr.write('The network of the sandbox cannot be reached: ' + error.message + '\\n');
  process.exit(125);
});
server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(program, args, { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write('Cannot start ' + program + ': ' + error.message + '\\n');
    process.exit(127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
});
`;
