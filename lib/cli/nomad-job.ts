import { rows } from '../params/params.ts'
import type { Row } from '../params/row.ts'

// In quoted strings of HCL, ${ and %{ begin a template.
const quoted = (value: string): string =>
  JSON.stringify(value).replace(/([$%])\{/g, '$1$1{')

// A parameter that is not given is empty, which means "not given".
const value = (row: Row): string =>
  row.inNomad ?? (row.required ? row.example : (row.default ?? ''))

const table = (cells: readonly (readonly string[])[]): string[] => {
  const width = (column: number): number =>
    Math.max(...cells.map(line => line[column]?.length ?? 0))
  return cells.map(line =>
    line
      .map((cell, column) => cell.padEnd(width(column)))
      .join(' ')
      .trimEnd(),
  )
}

const environment = (): string[] =>
  table(
    rows.map(row => [
      row.name,
      '=',
      quoted(value(row)),
      `# ${row.help}${value(row) === '' ? `, for example ${row.example}` : ''}`,
    ]),
  )

/**
 * A job of Nomad's pot driver for the blocking image, with every parameter.
 * https://developer.hashicorp.com/nomad/plugins/drivers/community/pot
 */
export const renderNomadJob = (): string => `\
job "matrix" {
  datacenters = ["dc1"]
  type        = "service"

  group "matrix" {
    # One data set belongs to one homeserver.
    count = 1

    network {
      port "matrix" {
        static = 8448 # with NOSSL=yes 8008
      }
    }

    task "synapse" {
      driver       = "pot"
      kill_timeout = "60s"

      config {
        image    = "https://images.example.com/matrix-synapse"
        pot      = "matrix-synapse-nomad-amd64-14_3"
        tag      = "0.1.0"
        mount    = ["/mnt/matrixdata:/mnt"]
        port_map = { matrix = "8448" }
      }

      env {
${environment()
  .map(line => `        ${line}\n`)
  .join('')}      }

      resources {
        cpu    = 1000 # MHz
        memory = 1024 # MB
      }
    }
  }
}
`
