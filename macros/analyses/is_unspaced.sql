{#- Whether a text has letters of a script that puts no spaces between words: Thai, Lao,
    Burmese, Khmer, Chinese, Japanese; and Korean, whose words have their endings on. -#}
{% macro is_unspaced(text) -%}
    {{ text }}
    ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]'
{%- endmacro %}
