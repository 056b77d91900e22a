@echo off
rem The task scheduler passes "auto": nobody is there to press a key.
cd /d "%~dp0"
venv\Scripts\zhikong night --no-prefect --home home
set ENDED=%errorlevel%
if not "%ENDED%"=="0" echo 运行未完成，请把以上内容发给维护人员。
if not "%~1"=="auto" pause
exit /b %ENDED%
