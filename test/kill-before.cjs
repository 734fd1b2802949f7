/** Loaded into a server by a test: the process ends, as by `kill -9`, when it is about to run a statement that begins as KILL_BEFORE says. */
const Sqlite = require('better-sqlite3')

const { prepare } = Sqlite.prototype
Sqlite.prototype.prepare = function (text) {
  if (text.startsWith(process.env.KILL_BEFORE)) process.kill(process.pid, 'SIGKILL')
  return prepare.call(this, text)
}
