import type { Aim } from './aim.ts'
import type { Gone, Observed } from './observe.ts'
import type { Reply } from '../../../../net/web.ts'
import type { Seen } from '../../../../engine/doctor/look.ts'

// In seconds: less is the way of the answer, or does no harm.
const tolerated = 60

/** The differences to the header Date of others, in seconds. */
const differences = (
  { discovery, federation, client, clientFile }: Observed,
  { here }: Aim,
  now: Date,
): number[] => {
  const ways: Gone<string>[] = [...federation, ...(client ? [client] : [])]
  const gone = ways.flatMap(({ tries }) => tries)
  // At an address of this jail its own clock answers.
  const replies: Reply[] = [
    ...gone
      .filter(({ address }) => !here?.addresses.includes(address))
      .flatMap(each => Object.values<Reply>(each.replies)),
    ...[clientFile, ...(discovery?.file ? [discovery.file] : [])]
      .filter(({ address }) => !here?.addresses.includes(address ?? ''))
      .flatMap(file => file.replies.map(({ reply }) => reply)),
  ]
  return replies
    .flatMap(each => (each.got === 'answer' ? [each.answer.headers] : []))
    .map(({ date }) => (now.getTime() - Date.parse(date ?? '')) / 1000)
    .filter(Number.isFinite)
}

/** The clock against those of all who have answered. */
export const judgeClock = (
  observed: Observed,
  aim: Aim,
  now: Date,
): Seen<'clock-wrong'>[] => {
  const all = differences(observed, aim, now)
  if (all.length === 0) {
    return [{ hidden: ['clock-wrong'] }]
  }
  const least = Math.min(...all)
  const most = Math.max(...all)
  // One server with a wrong clock proves nothing.
  const off = least > tolerated ? least : most < -tolerated ? most : 0
  const minutes = Math.abs(Math.round(off / 6) / 10)
  return off === 0
    ? []
    : [
        {
          finding: 'clock-wrong',
          says:
            `the clock is ${minutes} minutes ${off > 0 ? 'ahead of' : 'behind'} ` +
            'that of every server that was asked; certificates and messages ' +
            'are judged by a wrong time',
        },
      ]
}
