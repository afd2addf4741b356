/**
 * Pictures for the documentation, as SVG.
 */
import * as FileSystem from "effect/FileSystem"
import { LineChart, ScatterChart } from "echarts/charts"
import { GridComponent, LegendComponent, MarkAreaComponent, TitleComponent } from "echarts/components"
import * as echarts from "echarts/core"
import { SVGRenderer } from "echarts/renderers"

echarts.use([GridComponent, LegendComponent, LineChart, MarkAreaComponent, ScatterChart, SVGRenderer, TitleComponent])

/** A point of a picture; its name stands beside it. */
export interface Point {
  readonly x: number
  readonly y: number
  readonly name?: string
}

/** Points that belong together: they have one colour and one entry in the legend. */
export interface Series {
  readonly name: string
  readonly points: ReadonlyArray<Point>
  /** Only points, points joined by a line, or the dashed line of a law. */
  readonly as: "dots" | "law" | "line"
}

/** An axis. */
export interface Axis {
  readonly name: string
  readonly log?: boolean
  readonly min?: number
  readonly max?: number
}

/** A picture. */
export interface Picture {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: ReadonlyArray<Series>
  /** Spans of x that are shaded. */
  readonly shaded?: ReadonlyArray<readonly [from: number, to: number]>
}

const axis = ({ log = false, max, min, name }: Axis) => ({
  name,
  type: log ? ("log" as const) : ("value" as const),
  nameLocation: "middle" as const,
  nameGap: 32,
  // The powers of ten of a logarithmic axis are made by multiplication.
  axisLabel: {
    formatter: (value: number) => Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 9 })
  },
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max })
})

const series = ({ as, name, points }: Series) => ({
  name,
  type: as === "dots" ? ("scatter" as const) : ("line" as const),
  data: points.map((point) => ({ value: [point.x, point.y], name: point.name ?? "" })),
  symbolSize: as === "dots" ? 7 : 5,
  showSymbol: as !== "law" && points.length < 50,
  label: { show: true, formatter: "{b}", position: "right" as const, fontSize: 10 },
  ...(as === "law" ? { lineStyle: { type: "dashed" as const } } : {})
})

const draw = ({ series: all, shaded = [], title, x, y }: Picture): string => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 800, height: 480 })
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    title: { text: title, left: "center", textStyle: { fontSize: 15 } },
    legend: { top: 34 },
    grid: { top: 72, bottom: 56, left: 72, right: 88 },
    xAxis: axis(x),
    yAxis: { ...axis(y), nameGap: 48 },
    series: [
      ...all.map(series),
      {
        type: "line",
        data: [],
        markArea: { itemStyle: { color: "#0001" }, data: shaded.map(([from, to]) => [{ xAxis: from }, { xAxis: to }]) }
      }
    ]
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

/** Writes a picture into a file. */
export const write = (file: string, picture: Picture) =>
  FileSystem.FileSystem.use((fs) => fs.writeFileString(file, draw(picture)))

/** A Markdown table. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
