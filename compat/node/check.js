// The checks' protocol for Node clients: await check(name, function) prints its own line.
'use strict'
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')

exports.url = process.env.DATABASE_URL
exports.hasVector = process.env.COMPAT_TARGET !== 'postgres'
exports.connection = {
  host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, password: 'compat', database: process.env.PGDATABASE,
}
exports.equal = assert.deepEqual
exports.version = (name) => {
  const text = readFileSync(join(__dirname, 'node_modules', name, 'package.json'), 'utf8') // not every package exports it
  console.log('version', name, JSON.parse(text).version)
}

exports.check = async (name, work) => {
  try {
    await work()
    console.log('ok', name)
  } catch (e) {
    console.error(e)
    const inner = e.errors?.[0] ?? e.cause ?? e.original ?? e
    const text = `${e.message || e}` + (inner !== e ? ` (${inner.message})` : '')
    console.log(`FAIL ${name}: ${text.replace(/\s+/g, ' ').slice(0, 600)}`)
  }
}

// raises asserts that work fails, with the SQLSTATE that the driver passes on.
exports.raises = async (code, work) => {
  try {
    await work()
  } catch (e) {
    const got = e.code ?? e.original?.code ?? e.driverError?.code ?? e.cause?.code
    if (got !== code) throw new Error(`SQLSTATE ${got}, want ${code}: ${e.message}`)
    return e
  }
  throw new Error(`no error, want ${code}`)
}
