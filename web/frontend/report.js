// Draws the pictures of a report page out of the data that the page holds.
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const language = document.documentElement.lang;
const { pictures, currency, digits } = JSON.parse(document.getElementById("pictures").textContent);
const few = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });

const written = {
  share: (value) => percent.format(value),
  money: (value) => `${whole.format(value / 10 ** digits)} ${currency}`.trim(),
  count: (value) => few.format(value),
  days: (value) => few.format(value),
  number: (value) => few.format(value),
};

const styled = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function optionOf(picture) {
  const write = (value) => (value === null || value === undefined ? "–" : written[picture.unit](value));
  const text = styled("--text");
  const quiet = styled("--quiet");
  const line = styled("--line");
  const colours = [1, 2, 3, 4, 5, 6].map((n) => styled(`--series-${n}`));
  const lying = picture.form !== "lines";
  const categories = {
    type: "category",
    data: picture.categories,
    inverse: lying,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: line } },
    axisLabel: { color: text, width: lying ? 180 : undefined, overflow: "truncate", interval: lying ? 0 : "auto" },
  };
  const values = {
    type: "value",
    axisLabel: { color: quiet, formatter: write, hideOverlap: true },
    splitLine: { lineStyle: { color: line } },
    ...(picture.unit === "share" && picture.form !== "lines" ? { min: 0, max: 1 } : {}),
    ...(picture.unit === "count" ? { minInterval: 1 } : {}),
  };
  const target =
    picture.target === null
      ? undefined
      : {
          silent: true,
          symbol: "none",
          lineStyle: { color: text, type: "dashed" },
          label: { color: text, position: lying ? "start" : "end", formatter: write(picture.target) },
          data: [lying ? { xAxis: picture.target } : { yAxis: picture.target }],
        };
  return {
    animation: false,
    color: colours,
    textStyle: { fontFamily: styled("--font"), color: text },
    grid: { left: 8, right: 48, top: picture.series.length > 1 || target ? 36 : 12, bottom: 8, containLabel: true },
    legend: { show: picture.series.length > 1, textStyle: { color: text }, top: 0, left: 0 },
    // Words drawn into the picture: a box of HTML would need styles that the page's policy forbids.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      axisPointer: { type: lying ? "shadow" : "line" },
      backgroundColor: styled("--raised"),
      textStyle: { color: text },
      formatter: (points) => {
        const at = points[0].dataIndex;
        const told = picture.series.map((each) => {
          const span = each.spans[at];
          return `${each.label}: ${write(each.values[at])}${span ? ` (${write(span[0])} – ${write(span[1])})` : ""}`;
        });
        return [picture.categories[at], ...told].join("\n");
      },
    },
    xAxis: lying ? values : categories,
    yAxis: lying ? categories : values,
    series: seriesOf(picture, write, colours, target),
  };
}

function seriesOf(picture, write, colours, target) {
  if (picture.form === "intervals") {
    // An interval is a thin bar from its low to its high end, on a bar that is not seen; the value is a point on it.
    const [only] = picture.series;
    const ends = picture.categories.map((_, at) => only.spans[at] ?? [0, 0]);
    const bar = { type: "bar", stack: "interval", barWidth: 6, silent: true };
    return [
      { ...bar, data: ends.map(([low]) => low), itemStyle: { color: "transparent" } },
      { ...bar, data: ends.map(([low, high]) => high - low), itemStyle: { color: colours[0], opacity: 0.35 } },
      {
        type: "scatter",
        name: only.label,
        data: only.values.map((value, at) => [value, at]).filter(([value]) => value !== null),
        symbolSize: 11,
        itemStyle: { color: colours[0] },
        markLine: target,
      },
    ];
  }
  const kind =
    picture.form === "lines"
      ? { type: "line", symbolSize: 7, connectNulls: false }
      : {
          type: "bar",
          barMaxWidth: 26,
          stack: picture.form === "stack" ? "all" : undefined,
          label: {
            show: picture.form === "bars" && picture.series.length < 3,
            position: "right",
            color: styled("--text"),
            formatter: ({ value }) => write(value),
          },
        };
  return picture.series.map((each, place) => ({
    ...kind,
    name: each.label,
    data: each.values,
    markLine: place === 0 ? target : undefined,
  }));
}

const charts = pictures.map((picture, place) => {
  const box = document.getElementById(`picture-${place + 1}`);
  const rows = picture.categories.length * (picture.form === "bars" ? Math.max(picture.series.length, 1) : 1);
  box.style.height = picture.form === "lines" ? "320px" : `${Math.min(80 + rows * 34, 1600)}px`;
  const chart = init(box, null, { renderer: "svg" });
  chart.setOption(optionOf(picture));
  return { chart, picture };
});

const draw = () => charts.forEach(({ chart, picture }) => chart.setOption(optionOf(picture), true));
const resize = () => charts.forEach(({ chart }) => chart.resize());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
addEventListener("resize", resize);
addEventListener("beforeprint", resize);
addEventListener("afterprint", resize);
