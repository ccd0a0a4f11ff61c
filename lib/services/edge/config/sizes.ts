// The kind `size` has made K or M of all units, with Synapse's meaning.
const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 * 1024 }

/** The bytes of a MAXUPLOAD. */
export const bytesOf = (size: string): number => {
  const [, digits = '', unit = ''] = size.match(/^(\d+)([KM]?)$/) ?? []
  return Number(digits) * (units[unit] ?? 1)
}

// Synapse takes 200 events of 64 KiB in a transaction, and what is around them
// (MAX_REQUEST_SIZE in synapse/app/_base.py): 13.1 MB.
const transaction = 13_200_000

/** The largest body that is not an upload. */
export const bodyLimit = (maxUpload: string): number =>
  Math.max(bytesOf(maxUpload), transaction)
