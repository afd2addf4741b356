/**
 * The program in the page: draws the charts from the data in the page.
 *
 * It runs in the browser. It draws all charts again when the window is resized or the colour scheme changes.
 */
import uPlot from "uplot"
import type { Charts, Curves, Traffic } from "../PageData.ts"

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name)
const seriesColours = 5

const font = "13px system-ui, sans-serif"
const chartHeight = 300

const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 })
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const milliseconds = (time: number): string => `${number(time)} ms`
const axis = (label: string): uPlot.Axis => ({
  label,
  font,
  labelFont: font,
  stroke: colour("--text"),
  grid: { stroke: colour("--line"), width: 1 },
  ticks: { stroke: colour("--line"), width: 1 }
})

/** A vertical axis from 0 to 100 %. */
const shareAxis = (label: string): uPlot.Axis => ({
  ...axis(label),
  size: 64,
  values: (_, splits) => splits.map((share) => `${Math.round(100 * share)} %`)
})

// Under faults some values take a hundred times longer than most. On a linear axis the curve would be a mere step.
const isLongTailed = (after: ReadonlyArray<number>, share: ReadonlyArray<number>): boolean => {
  const half = after[share.findIndex((reached) => reached >= 0.5)] ?? 0
  return half > 0 && (after.at(-1) ?? 0) > 20 * half
}

/** What the legend shows of a series: the value under the cursor, or what is said of all of it while there is none. */
const legend =
  (format: (value: number) => string, atRest: (values: uPlot.AlignedData[number]) => string): uPlot.Series.Value =>
  (chart, value, series, index) =>
    index === null || value === null ? atRest(chart.data[series] ?? []) : format(value)

/** The last value of a series, which is what a curve reaches. */
const reached = (values: uPlot.AlignedData[number]): string => percent(values.at(-1) ?? 0)

const share = (label: string, stroke: string, more: uPlot.Series = {}): uPlot.Series => ({
  label,
  stroke,
  width: 2,
  points: { show: false },
  ...(uPlot.paths.stepped === undefined ? {} : { paths: uPlot.paths.stepped({ align: 1 }) }),
  value: legend(percent, reached),
  ...more
})

type Options = Omit<uPlot.Options, "width" | "height">
type Chart = readonly [options: Options, data: uPlot.AlignedData]

/** A chart of shares over the time since the broadcast. */
const shares = (
  { after, mean }: Curves,
  label: string,
  series: ReadonlyArray<readonly [series: uPlot.Series, values: ReadonlyArray<number>]>,
  more: Partial<Options> = {}
): Chart => {
  const isLogarithmic = isLongTailed(after, mean)
  return [
    {
      scales: {
        // As far as there are data: uPlot would go on to the next power of ten, and to −10 on the other side.
        x: { time: false, range: [0, after.at(-1) ?? 0], ...(isLogarithmic ? { distr: 4, asinh: 10 } : {}) },
        y: { range: [0, 1.02] }
      },
      axes: [axis(`ms since the broadcast${isLogarithmic ? " (logarithmic)" : ""}`), shareAxis(label)],
      series: [
        { label: "after", value: legend(milliseconds, (times) => milliseconds(times.at(-1) ?? 0)) },
        ...series.map(([options]) => options)
      ],
      ...more
    },
    [[...after], ...series.map(([, values]) => [...values])]
  ]
}

const coverage = (curves: Curves): Chart =>
  shares(
    curves,
    "nodes that know the value",
    [
      [share("mean of all values", colour("--series-0")), curves.mean],
      [share("5 % of the values are below", colour("--series-0"), { width: 1, dash: [4, 4] }), curves.low],
      [share("5 % are above", colour("--series-0"), { width: 1, dash: [2, 4] }), curves.high]
    ],
    { bands: [{ series: [3, 2], fill: colour("--band") }] }
  )

const everywhere = (curves: Curves): Chart =>
  shares(curves, "values at every node", [
    [share("at every node", colour("--series-1"), { fill: colour("--fill") }), curves.everywhere]
  ])

const total = (counts: uPlot.AlignedData[number]): number => {
  let sum = 0
  for (const count of counts) sum += count ?? 0
  return sum
}

const lineHeight = 16

/** Shades the times during which faults were on, and writes their names, each kind of fault on a line of its own. */
const shade =
  (faults: Charts["faults"]) =>
  ({ bbox, ctx, valToPos }: uPlot): void => {
    const kinds = [...new Set(faults.map(({ fault }) => fault))]
    ctx.save()
    for (const { fault, from, to } of faults) {
      const [left, right] = [from, to].map((time) =>
        Math.min(Math.max(valToPos(time / 1000, "x", true), bbox.left), bbox.left + bbox.width)
      )
      if (left === undefined || right === undefined || left === right) continue
      ctx.fillStyle = colour("--shade")
      ctx.fillRect(left, bbox.top, right - left, bbox.height)
      ctx.fillStyle = colour("--dropped")
      ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`
      ctx.textBaseline = "top"
      // A name that does not fit is only in the table.
      if (ctx.measureText(fault).width + 8 * devicePixelRatio > right - left) continue
      const top = bbox.top + (4 + lineHeight * kinds.indexOf(fault)) * devicePixelRatio
      ctx.fillText(fault, left + 4 * devicePixelRatio, top)
    }
    ctx.restore()
  }

const traffic = ({ dropped, from, types }: Traffic, faults: Charts["faults"]): Chart => {
  const kinds = new Set(faults.map(({ fault }) => fault)).size
  const series = (label: string, stroke: string, more: uPlot.Series = {}): uPlot.Series => ({
    label,
    stroke,
    width: 1.5,
    points: { show: false },
    value: legend(number, (counts) => `${number(total(counts))} in all`),
    ...more
  })
  return [
    {
      scales: {
        x: { time: false },
        // Room at the top for the names of the faults.
        y: { range: (_, __, most) => [0, Math.max(1, most) * (1.05 + 0.07 * kinds)] }
      },
      axes: [axis("s since the start"), { ...axis("messages"), size: 64 }],
      series: [
        {
          label: "from",
          value: legend(
            (time) => `${time.toFixed(1)} s`,
            () => "0 s on"
          )
        },
        ...types.map(({ type }, index) => series(type, colour(`--series-${index % seriesColours}`))),
        series("dropped", colour("--dropped"), { dash: [4, 4] })
      ],
      hooks: { drawClear: [shade(faults)] }
    },
    [from.map((time) => time / 1000), ...types.map(({ counts }) => [...counts]), [...dropped]]
  ]
}

const charts: Charts = JSON.parse(document.getElementById("data")?.textContent ?? "")

const draw = (id: string, [options, data]: Chart): void => {
  const place = document.getElementById(id)
  if (place === null) return
  place.replaceChildren()
  // oxlint-disable-next-line no-new -- it adds itself to the page
  new uPlot({ ...options, width: place.clientWidth, height: chartHeight }, data, place)
}

const drawAll = (): void => {
  if (charts.curves !== undefined) {
    draw("coverage", coverage(charts.curves))
    draw("everywhere", everywhere(charts.curves))
  }
  draw("traffic", traffic(charts.traffic, charts.faults))
}

drawAll()
addEventListener("resize", drawAll)
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll)
