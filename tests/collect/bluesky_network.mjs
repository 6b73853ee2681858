// Bluesky's own servers on loopback, with an account that has posted. Prints one line of JSON (the
// addresses, and every record that the account has), and ends when standard input is closed.
//
//   node bluesky_network.mjs FOLDER    where FOLDER/node_modules holds @atproto/dev-env
//
// DB_POSTGRES_URL, DB_POSTGRES_SCHEMA and REDIS_HOST name the databases, TMPDIR where files go.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { Server } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const HOST = 'localhost'
const POSTS = 112 // more than a page holds
const HOUR = 3600 * 1000

// What it starts names no host, and would listen to everybody.
const listen = Server.prototype.listen
Server.prototype.listen = function (where, ...others) {
  const port = Number(typeof where === 'object' && where !== null ? where.port : where)
  const then = others.filter((each) => typeof each === 'function')
  return Number.isInteger(port) ? listen.call(this, port, HOST, ...then) : listen.call(this, where, ...others)
}

const found = createRequire(join(process.argv[2], 'of.js')).resolve('@atproto/dev-env')
const { TestNetwork } = await import(pathToFileURL(found).href)
const network = await TestNetwork.create({ dbPostgresSchema: process.env.DB_POSTGRES_SCHEMA })
const seed = network.getSeedClient()
const account = async (name) => {
  const asked = { handle: `${name}.test`, email: `${name}@example.test`, password: `${name}-pass` }
  return (await seed.createAccount(name, asked)).did
}
const [alice, bob] = [await account('alice'), await account('bob')]

const begin = Date.now() - 200 * HOUR
const at = (hours) => ({ createdAt: new Date(begin + hours * HOUR).toISOString() })
const post = (by, text, when) => seed.post(by, text, undefined, undefined, undefined, when)

const records = { posts: [], threads: [], replies: [], reposts: [] }
const theirs = []
for (let n = 0; n < 6; n++) theirs.push(await post(bob, `bob ${n}`, at(n)))
const own = []
for (let n = 0; n < POSTS; n++) own.push(await post(alice, `alice ${n}`, at(n + 10)))
own.push(await post(alice, 'at the same time as another', at(10)))
own.push(await post(alice, 'of years ago', { createdAt: '2015-05-06T21:30:00.000Z' }))
const gone = await post(alice, 'taken back', at(150))
await seed.deletePost(alice, gone.ref.uri)
for (const [n, to] of [...theirs.slice(0, 2), ...own.slice(0, 3)].entries()) {
  const text = `reply ${n}`
  const reply = await seed.reply(alice, to.ref, to.ref, text, undefined, undefined, at(160 + n))
  records[n < 2 ? 'replies' : 'threads'].push(reply.ref.uriStr)
}
for (const [n, of] of theirs.slice(2).entries()) {
  records.reposts.push((await seed.repost(alice, of.ref, at(170 + n))).uriStr)
}
await seed.reply(bob, own[0].ref, own[0].ref, 'not hers', undefined, undefined, at(180))
await seed.repost(bob, own[1].ref, at(181))
for (const each of own.slice(0, 3)) await seed.like(bob, each.ref)
const lost = await post(alice, 'not in the feed', at(190))
records.posts = [...own, lost].map((each) => each.ref.uriStr)
await network.processAll()
await network.bsky.ctx.dataplane.takedownRecord({ recordUri: lost.ref.uriStr })

// One address for what the study's table calls `api`: the AppView, and the directory of accounts.
const gateway = createServer(async (request, response) => {
  if (request.url === '/robots.txt') return response.writeHead(404).end()
  const to = request.url.startsWith('/xrpc/') ? network.bsky.url : network.plc.url
  const answer = await fetch(to + request.url)
  const body = Buffer.from(await answer.arrayBuffer())
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') }).end(body)
})
await new Promise((listening) => gateway.listen(0, listening))
const told = {
  api: `http://${HOST}:${gateway.address().port}`,
  home: network.pds.url,
  handle: 'alice.test',
  did: alice,
  liked: own.slice(0, 3).map((each) => each.ref.uriStr),
  lost: lost.ref.uriStr,
  gone: gone.ref.uriStr,
  ...records,
}
process.stdout.write(`${JSON.stringify(told)}\n`)

process.stdin.resume()
process.stdin.on('end', async () => {
  gateway.close()
  await network.close()
  process.exit(0)
})
