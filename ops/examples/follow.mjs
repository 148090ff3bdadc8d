#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// follow.mjs PREFIX - prints topic and sequence of the events under a prefix ("xiasha/registry/") as they happen
//
// Live only: a number that is missing stands in the journal (subscriber.py). Needs npm's zeromq and protobufjs.
// From the environment: JUSHA_BROKERS (the first one's fourth port), JUSHA_CERTIFICATE, JUSHA_BROKER_KEY.
import { readFileSync } from "node:fs"
import protobuf from "protobufjs"
import { Dealer } from "zeromq"

const contract = Object.assign(new protobuf.Root(), { resolvePath: (_, file) => new URL(`../../proto/${file}`, import.meta.url).pathname })
  .loadSync(["jusha/bus/v1/envelope.proto", "jusha/journal/v1/cloud_event.proto"])
const ReplyHeader = contract.lookupType("jusha.bus.v1.ReplyHeader"), CloudEvent = contract.lookupType("jusha.journal.v1.CloudEvent")
const FOLLOW = Buffer.from("\x01" + process.argv[2]), PING = Buffer.from("\x03"), REFUSED = 0x15, NOT_FOUND = 5, FIRST_OF_TOPIC = 0x20
const [, host, port] = process.env.JUSHA_BROKERS.match(/^(.*?):(\d+)(,|$)/)
const key = (file, kind) => readFileSync(process.env[file], "utf8").match(new RegExp(`${kind}-key = "(.{40})"`))[1]
for (;;) { // a connection; a new one after 3 s of silence, as ZeroMQ does not reconnect where its key was refused
  const socket = new Dealer({ linger: 0, receiveTimeout: 3000, curveServerKey: key("JUSHA_BROKER_KEY", "public"),
    curvePublicKey: key("JUSHA_CERTIFICATE", "public"), curveSecretKey: key("JUSHA_CERTIFICATE", "secret") })
  socket.connect(`tcp://${host}:${Number(port) + 3}`)
  await socket.send(FOLLOW)
  const pings = setInterval(() => socket.send(PING).catch(() => {}), 1000) // another one may still be under way
  for (let frame; (frame = await socket.receive().then(frames => frames[0], () => null));) {
    const nul = frame.indexOf(0), head = frame.subarray(0, nul < 0 ? frame.length : nul), body = frame.subarray(head.length + 1)
    const code = head[0] === REFUSED ? ReplyHeader.decode(body).code : 0
    if (code === NOT_FOUND) await socket.send(FOLLOW) // it does not know us any more
    else if (code) throw new Error(`refused with code ${code}`)
    else if (head[0] >= FIRST_OF_TOPIC && head.at(-1) !== 0x2f)
      console.log(`${head} ${CloudEvent.decode(body).attributes.sequence.ceString}`)
  }
  clearInterval(pings)
  socket.close()
}
