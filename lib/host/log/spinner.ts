const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const clearLine = '\r\x1b[K'

/** What shows a person at a terminal that something takes long. */
export const spinnerOn = (write: (text: string) => void) => {
  let spinning: NodeJS.Timeout | undefined

  /** Makes room for a line. */
  const wipe = (): void => {
    if (spinning !== undefined) {
      write(clearLine)
    }
  }

  return {
    wipe,

    /** @returns what ends it */
    start: (message: string): (() => void) => {
      const begun = performance.now()
      let frame = 0
      spinning = setInterval(() => {
        const time = ((performance.now() - begun) / 1000).toFixed(1)
        const sign = frames[frame++ % frames.length]
        write(`${clearLine}${sign} ${message} (${time} s)`)
      }, 100)
      return () => {
        wipe()
        clearInterval(spinning)
        spinning = undefined
      }
    },
  }
}
